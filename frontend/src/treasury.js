// <table data-selection>: a box in its heading ticks all rows; <p data-selected="{n} … {sum}"> says what is ticked.
const table = document.querySelector('[data-selection]')
const said = document.querySelector('[data-selected]')

if (table && said) {
  const boxes = [...table.querySelectorAll('tbody input[type=checkbox]')]
  const all = document.createElement('input')
  all.type = 'checkbox'
  all.className = 'form-check-input'
  const heading = table.querySelector('thead th')
  all.setAttribute('aria-label', heading.textContent.trim())
  heading.replaceChildren(all)

  const tell = () => {
    const ticked = boxes.filter((box) => box.checked)
    // Sums are whole fen: added as integers, cut into yuan only to be shown.
    const fen = ticked.reduce((sum, box) => sum + BigInt(box.dataset.fen), 0n)
    const yuan = `${(fen / 100n).toLocaleString('en-US')}.${String(fen % 100n).padStart(2, '0')}`
    said.textContent = said.dataset.selected.replace('{n}', ticked.length).replace('{sum}', yuan)
    said.hidden = ticked.length === 0
    all.checked = ticked.length === boxes.length && boxes.length > 0
    all.indeterminate = ticked.length > 0 && ticked.length < boxes.length
  }
  all.addEventListener('change', () => {
    for (const box of boxes) box.checked = all.checked
    tell()
  })
  table.addEventListener('change', tell)
  window.addEventListener('pageshow', tell)
  tell()
}
