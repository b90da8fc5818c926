// The left side of a simulation: find a figure by its words, and mark what differs from the law while one types.
const form = document.getElementById('levers')

if (form) {
  const find = form.querySelector('[data-filters]')
  find.closest('.find').hidden = false

  find.addEventListener('input', () => {
    const wanted = find.value.trim().toLowerCase()
    let any = false
    for (const panel of form.querySelectorAll('.panel')) {
      const named = panel.querySelector('summary').textContent.toLowerCase().includes(wanted)
      let inside = false
      for (const part of panel.querySelectorAll('[data-words]')) {
        part.hidden = Boolean(wanted) && !named && !part.dataset.words.toLowerCase().includes(wanted)
        inside ||= !part.hidden
      }
      for (const group of panel.querySelectorAll('.benefit-levers')) group.hidden = !group.querySelector('.lever:not([hidden])')
      panel.hidden = !inside && !named
      if (wanted) panel.open = inside || named
      any ||= !panel.hidden
    }
    form.querySelector('.nothing-found').hidden = any
  })
  // What is typed to find something is no change of the policy.
  find.addEventListener('change', (event) => event.stopPropagation())

  form.addEventListener('input', ({ target }) => {
    if (!target.dataset.own) return
    const lever = target.closest('.lever')
    lever.classList.toggle('is-changed', target.value.trim() !== target.dataset.own)
  })
}
