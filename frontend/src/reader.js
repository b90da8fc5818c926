// The policy text: a mark opens what the pack says of it beside the text; hovering or focusing it shows a sentence.
// Within the text arrow keys go from mark to mark, J and K from sentence to sentence, Escape back. Without this file every mark is a link.
const reading = document.querySelector('[data-reading]')
const panel = document.getElementById('phrase')

if (reading && panel) {
  document.documentElement.classList.add('scripted')
  const emptied = panel.innerHTML
  let clicked = null

  // One tab stop for each article; the arrows reach its other marks.
  const stops = (article) => [...article.querySelectorAll('.mark, .anchor')]
  for (const article of reading.querySelectorAll('[data-article]')) {
    stops(article).forEach((mark, place) => { mark.tabIndex = place ? -1 : 0 })
  }
  const move = (mark, by) => {
    const all = stops(mark.closest('[data-article]'))
    const next = all[all.indexOf(mark) + by]
    if (!next) return false
    for (const one of all) one.tabIndex = -1
    next.tabIndex = 0
    next.focus()
    return true
  }

  const close = () => {
    panel.innerHTML = emptied
    panel.dataset.empty = ''
    clicked?.removeAttribute('aria-current')
    clicked?.focus({ preventScroll: true })
    clicked = null
  }
  const open = async (mark, byKey) => {
    clicked?.removeAttribute('aria-current')
    clicked = mark
    mark.setAttribute('aria-current', 'true')
    hide()
    const answer = await fetch(mark.href, { headers: { 'HX-Request': 'true' } }).catch(() => null)
    if (!answer?.ok) return location.assign(mark.href)
    const words = await answer.text()
    if (clicked !== mark) return
    panel.innerHTML = words
    delete panel.dataset.empty
    panel.parentElement.scrollTop = 0
    if (byKey || matchMedia('(max-width: 991.98px)').matches) panel.querySelector('h2')?.focus({ preventScroll: true })
    if (matchMedia('(max-width: 991.98px)').matches) {
      const over = mark.getBoundingClientRect().bottom - (innerHeight - panel.parentElement.offsetHeight - 24)
      if (over > 0) scrollBy({ top: over, behavior: 'instant' })
    }
  }

  reading.addEventListener('click', (event) => {
    const mark = event.target.closest('.paper .mark')
    if (mark && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault()
      open(mark, event.detail === 0)
    }
    if (event.target.closest('[data-close]')) close()
  })

  // The tip: what is described, in words, near the mark; it stays while the pointer is on it.
  const tip = document.createElement('div')
  tip.className = 'tip'
  tip.hidden = true
  tip.setAttribute('aria-hidden', 'true') // the mark names the same words by aria-describedby
  document.body.append(tip)
  let waiting
  const hide = () => { clearTimeout(waiting); tip.hidden = true }
  const show = (mark) => {
    clearTimeout(waiting)
    tip.replaceChildren(...mark.getAttribute('aria-describedby').split(' ').map((name) => {
      const said = document.getElementById(name)
      const line = document.createElement('p')
      const kind = document.createElement('b')
      kind.textContent = said.dataset.kind
      line.append(kind, said.textContent)
      return line
    }))
    tip.hidden = false
    const box = mark.getClientRects()[0]
    const left = Math.min(box.left, document.documentElement.clientWidth - tip.offsetWidth - 16)
    const below = box.bottom + 8 + tip.offsetHeight < innerHeight
    tip.style.transform = `translate(${Math.max(left, 16) + scrollX}px, ${(below ? box.bottom + 6 : box.top - tip.offsetHeight - 6) + scrollY}px)`
  }
  const later = (act, mark) => { clearTimeout(waiting); waiting = setTimeout(act, 150, mark) }
  reading.addEventListener('pointerover', ({ target, pointerType }) => {
    const mark = target.closest('.mark[aria-describedby]')
    if (mark && pointerType === 'mouse') later(show, mark)
  })
  reading.addEventListener('pointerout', ({ target }) => { if (target.closest('.mark')) later(hide) })
  tip.addEventListener('pointerenter', () => clearTimeout(waiting))
  tip.addEventListener('pointerleave', () => later(hide))
  reading.addEventListener('focusin', ({ target }) => {
    if (target.matches('.mark[aria-describedby]:focus-visible')) show(target)
  })
  reading.addEventListener('focusout', hide)

  const sentences = [...reading.querySelectorAll('.sentence')]
  let at = -1
  const step = (by) => {
    if (at < 0) at = sentences.findIndex((one) => one.getBoundingClientRect().bottom > 80) - (by > 0 ? 1 : 0)
    at = Math.min(Math.max(at + by, 0), sentences.length - 1)
    sentences[at].tabIndex = -1
    sentences[at].focus({ preventScroll: true })
    sentences[at].scrollIntoView({ block: 'center' })
  }
  addEventListener('scroll', () => { if (!document.activeElement?.matches('.sentence')) at = -1 }, { passive: true })

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select, textarea')) return
    const mark = event.target.closest('.paper .mark, .paper .anchor')
    const key = event.key
    if (key === 'Escape') return tip.hidden ? close() : hide()
    if (mark && (key === 'ArrowRight' || key === 'ArrowLeft')) {
      if (move(mark, key === 'ArrowRight' ? 1 : -1)) event.preventDefault()
    } else if (event.target.closest('.paper') && (key === 'j' || key === 'k')) step(key === 'j' ? 1 : -1)
  })

  // Where one is reading, in the contents.
  const toc = reading.querySelector('.toc')
  if (toc) {
    toc.classList.add('spied')
    const details = toc.querySelector('details')
    const wide = matchMedia('(min-width: 1200px)')
    const fit = () => { details.open = wide.matches }
    fit()
    wide.addEventListener('change', fit)
    toc.addEventListener('click', ({ target }) => { if (target.closest('a') && !wide.matches) details.open = false })
    const links = new Map([...toc.querySelectorAll('a[href^="#"]')].map((link) => [link.hash.slice(1), link]))
    const articles = [...reading.querySelectorAll('[data-article]')]
    let current = null
    const spy = new IntersectionObserver(() => {
      const here = articles.findLast((one) => one.getBoundingClientRect().top < innerHeight * 0.3)
      const link = here && links.get(here.id)
      if (!link || link === current) return
      current?.removeAttribute('aria-current')
      link.setAttribute('aria-current', 'location')
      current = link
      if (wide.matches) toc.scrollTop = link.offsetTop - toc.clientHeight / 2
    }, { rootMargin: '0px 0px -70% 0px' })
    for (const article of articles) spy.observe(article)
  }
}
