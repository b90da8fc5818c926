import { defineConfig } from 'vite'

// Steady names: Django's static files add the hash of the content. Every page has kechuang.js and kechuang.css;
// what only some pages need is an entry of its own, which shares no code with the others.
export default defineConfig({
  build: {
    outDir: '../src/kechuang/web/static/built',
    emptyOutDir: true,
    cssCodeSplit: false,
    rollupOptions: {
      input: { kechuang: 'src/main.js', charts: 'src/charts.js', editor: 'src/editor.js' },
      output: { format: 'es', entryFileNames: '[name].js', assetFileNames: 'kechuang[extname]' },
    },
  },
})
