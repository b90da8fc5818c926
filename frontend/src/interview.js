// <button data-copy="#link" data-copied="已复制" hidden>: shown only where a script can copy
const show = (root) => {
  if (!navigator.clipboard) return
  for (const button of root.querySelectorAll('[data-copy][hidden]')) button.hidden = false
}

document.addEventListener('click', async ({ target }) => {
  const button = target.closest?.('[data-copy]')
  if (!button) return
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).value)
  button.textContent = button.dataset.copied
})

// A number beside a tick belongs to it: who types the number means the tick.
document.addEventListener('input', ({ target }) => {
  const tick = target.matches?.('.ask-count') && target.closest('.ask-ticked').querySelector('[type=checkbox]')
  if (tick) tick.checked = target.value !== '0' && target.value !== ''
})

show(document)
