// The editor of a draft: the textarea becomes a code editor, checked while one types; text that is not saved stays in
// this browser. CodeMirror lives in a shadow root, where it may bring its styles as constructable sheets: the page's
// Content-Security-Policy allows no <style>.
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { HighlightStyle, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { EditorState } from '@codemirror/state'
import {
  EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers,
} from '@codemirror/view'
import { tags } from '@lezer/highlight'

const PAUSE = 400 // milliseconds without a key until the text is checked
const form = document.getElementById('editor')
const area = document.getElementById('code')
const { draft, name, version, kind } = form.dataset
const drawer = `kechuang-draft:${draft}:${name}`
const served = area.value
const state = document.getElementById('check-state')

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--code-key)' },
  { tag: [tags.string, tags.content], color: 'var(--ink)' },
  { tag: tags.comment, color: 'var(--quiet)' },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: 'var(--quiet)' },
])

// What the editor's own panels say, in the language of the page.
const phrases = document.documentElement.lang === 'en' ? {} : {
  Find: '查找', Replace: '替换为', next: '下一处', previous: '上一处', all: '全选', 'match case': '区分大小写',
  regexp: '正则式', 'by word': '整词', replace: '替换', 'replace all': '全部替换', close: '关闭', 'current match': '当前',
  'on line': '在行', 'replaced $ matches': '已替换 $ 处', 'Go to line': '跳到行', go: '跳转', Diagnostics: '错误',
  'No diagnostics': '没有错误',
}

const theme = EditorView.theme({
  '&': { color: 'var(--ink)', backgroundColor: 'var(--paper)', fontSize: '14px', border: '1px solid var(--hairline)', borderRadius: '4px' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-1px' },
  '.cm-scroller': { fontFamily: "ui-monospace, 'Cascadia Mono', Menlo, Consolas, 'Noto Sans Mono CJK SC', 'PingFang SC', 'Microsoft YaHei', monospace", lineHeight: '1.7', maxHeight: '70vh', minHeight: '22rem', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { backgroundColor: 'var(--ground)', color: 'var(--quiet)', borderRight: '1px solid var(--hairline)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--code-line)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--code-selection)' },
  '.cm-selectionMatch': { backgroundColor: 'var(--code-selection)' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--code-selection)' },
  '.cm-tooltip, .cm-panels': { backgroundColor: 'var(--paper)', color: 'var(--ink)', border: '1px solid var(--hairline)' },
  '.cm-diagnostic': { fontFamily: "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif", maxWidth: '36em' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--wrong)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--undetermined)' },
  '.cm-textfield, .cm-button': { background: 'var(--ground)', color: 'var(--ink)', border: '1px solid var(--hairline)' },
})

const host = document.createElement('div')
host.className = 'code-host'
area.before(host)
const root = host.attachShadow({ mode: 'open' })
const label = document.querySelector('label[for="code"]')

const view = new EditorView({
  root,
  parent: root,
  state: EditorState.create({
    doc: area.value,
    extensions: [
      lineNumbers(), highlightActiveLine(), highlightActiveLineGutter(), history(), drawSelection(), indentOnInput(),
      indentUnit.of('  '), bracketMatching(), highlightSelectionMatches(), search({ top: true }), EditorState.phrases.of(phrases), syntaxHighlighting(colours), theme,
      ...(kind === 'yaml' ? [yaml(), lintGutter()] : [EditorView.lineWrapping]),
      keymap.of([
        { key: 'Mod-s', run: () => { form.requestSubmit(form.querySelector('[type=submit]:not([name])')); return true } },
        ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...lintKeymap, indentWithTab,
      ]),
      EditorView.contentAttributes.of({
        'aria-label': label.textContent.trim(), autocapitalize: 'none', spellcheck: 'false', lang: 'zh-CN', tabindex: '0',
      }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) changed()
        if (update.selectionSet || update.docChanged) point()
      }),
    ],
  }),
})
area.hidden = true
label.htmlFor = ''
label.addEventListener('click', () => view.focus())
document.documentElement.classList.add('has-editor')

// -- checked while one types

let timer
let asked
const changed = () => {
  area.value = view.state.doc.toString()
  keep()
  clearTimeout(timer)
  timer = setTimeout(check, PAUSE)
}

const check = async () => {
  asked?.abort()
  asked = new AbortController()
  state.textContent = form.dataset.checking
  const body = new FormData()
  body.set('csrfmiddlewaretoken', form.elements.csrfmiddlewaretoken.value)
  body.set('name', name)
  body.set('text', area.value)
  try {
    const answer = await fetch(form.dataset.check, { method: 'POST', body, signal: asked.signal })
    const found = await answer.json()
    if (found.refused) { state.textContent = found.refused; return }
    for (const part of ['clause', 'findings', 'sentences', 'examples']) {
      const place = document.getElementById(part)
      if (place) place.innerHTML = found[part] // our own server's templates, escaped there
    }
    mark(found.diagnostics)
    point()
    state.textContent = form.dataset.checked
  } catch (error) {
    if (error.name !== 'AbortError') state.textContent = form.dataset.offline
  }
}

const mark = (found) => {
  if (kind !== 'yaml') return
  const { doc } = view.state
  const marks = found.filter((one) => one.line >= 1 && one.line <= doc.lines).map((one) => {
    const line = doc.line(one.line)
    const from = Math.min(line.from + Math.max(one.column - 1, 0), line.to)
    return { from, to: line.to, severity: one.severity, message: one.message }
  })
  view.dispatch(setDiagnostics(view.state, marks))
}

// -- text and encoding point at each other

const point = () => {
  const line = view.state.doc.lineAt(view.state.selection.main.head).number
  for (const token of document.querySelectorAll('#clause [data-line]')) {
    token.classList.toggle('is-here', Number(token.dataset.line) === line)
  }
}

const go = (number, column = 0) => {
  const line = view.state.doc.line(Math.min(Math.max(number, 1), view.state.doc.lines))
  const at = Math.min(line.from + Math.max(column - 1, 0), line.to)
  view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) })
  const pane = form.querySelector('[name=pane][value=code]')
  if (pane) pane.checked = true
  view.focus()
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-line]')
  if (!link) return
  event.preventDefault()
  go(Number(link.dataset.line), Number(link.dataset.column ?? 0))
  host.scrollIntoView({ block: 'nearest' })
})
const line = Number(new URLSearchParams(location.search).get('line'))
if (line) go(line)

// -- what is not saved stays in this browser

const keep = () => {
  try {
    if (area.value === served) localStorage.removeItem(drawer)
    else localStorage.setItem(drawer, JSON.stringify({ text: area.value, version, at: Date.now() }))
  } catch { /* no room or no permission: saving by the button still works */ }
}

const kept = () => {
  try {
    return JSON.parse(localStorage.getItem(drawer))
  } catch {
    return null
  }
}

const left = kept()
if (left && typeof left.text === 'string' && left.text !== served && !document.getElementById('errors')) {
  const box = document.getElementById('unsaved')
  box.hidden = false
  box.querySelector('[data-restore]').addEventListener('click', () => {
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: left.text } })
    form.elements.base.value = left.version // what has been saved since is not overwritten unseen
    box.hidden = true
    view.focus()
  })
  box.querySelector('[data-forget]').addEventListener('click', () => {
    localStorage.removeItem(drawer)
    box.hidden = true
  })
} else if (!document.getElementById('errors')) {
  localStorage.removeItem(drawer)
}
form.addEventListener('submit', () => { area.value = view.state.doc.toString() })

mark(JSON.parse(document.getElementById('diagnostics').textContent))
