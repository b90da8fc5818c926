import './kechuang.scss'
import htmx from 'htmx.org'
import './accounts.js' // before the others: a form that still waits for a key is not on its way
import './reader.js'
import './interview.js'
import './simulate.js'
import './treasury.js'

window.htmx = htmx

// On a phone the doors are one row that a finger pushes aside: the one that stands open is in sight.
const standing = document.querySelector('.masthead-doors [aria-current]')
if (standing) standing.parentElement.scrollLeft = standing.offsetLeft - standing.parentElement.offsetLeft

// <input type="file" data-most-bytes="67108864" data-too-large="文件太大…">: said before a byte is sent
document.addEventListener('change', ({ target }) => {
  const most = Number(target.dataset?.mostBytes)
  if (!most || !target.files) return
  const large = [...target.files].some((file) => file.size > most)
  target.setCustomValidity(large ? target.dataset.tooLarge : '')
  target.reportValidity()
})

// A form that is on its way is not sent twice.
document.addEventListener('submit', (event) => {
  const form = event.target
  if (form.matches('[hx-get], [hx-post]')) return // htmx keeps its own count
  if (form.dataset.sent) return event.preventDefault()
  form.dataset.sent = 'yes'
})
window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent
})
