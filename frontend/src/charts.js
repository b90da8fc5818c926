// Charts: <figure class="chart" data-chart="ID"><div class="chart-area" role="img" aria-label="…"></div>…table…</figure>
// where <script type="application/json" id="ID"> (Django's json_script) holds an ECharts option. Colours come from the
// tokens of the page, so that a chart follows light, dark and print. Nothing is evaluated; tips are drawn on the canvas.
import { BarChart, LineChart, ScatterChart } from 'echarts/charts'
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

use([BarChart, LineChart, ScatterChart, AriaComponent, GridComponent, LegendComponent, MarkLineComponent,
  TooltipComponent, SVGRenderer])

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

// 'var(--accent)' anywhere in an option stands for the token's value.
const coloured = (value) => {
  if (Array.isArray(value)) return value.map(coloured)
  if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, coloured(v)]))
  const name = typeof value === 'string' && value.match(/^var\((--[a-z-]+)\)$/)
  return name ? token(name[1]) : value
}

const frame = () => ({
  animation: false,
  color: ['--accent', '--quiet', '--undetermined', '--entitled'].map(token),
  textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: token('--ink'), fontSize: 14 },
  grid: { left: 8, right: 24, top: 32, bottom: 8, containLabel: true },
  tooltip: { renderMode: 'richText', confine: true },
})

const drawn = new Map()

const draw = (figure) => {
  const area = figure.querySelector('.chart-area')
  const given = document.getElementById(figure.dataset.chart)
  if (!area || !given) return
  drawn.get(area)?.dispose()
  const chart = init(area, null, { renderer: 'svg' })
  chart.setOption(coloured({ ...frame(), ...JSON.parse(given.textContent) }))
  drawn.set(area, chart)
}

const drawAll = (root) => {
  for (const [area, chart] of drawn) if (!area.isConnected) { chart.dispose(); drawn.delete(area) }
  for (const figure of root.querySelectorAll('figure[data-chart]')) draw(figure)
}

drawAll(document)
document.addEventListener('htmx:afterSettle', () => drawAll(document))
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => drawAll(document))
addEventListener('resize', () => { for (const chart of drawn.values()) chart.resize() })
