import { defineConfig } from 'vite'

// One style and one script with steady names: Django's static files add the hash of the content.
export default defineConfig({
  build: {
    outDir: '../src/kechuang/web/static/built',
    emptyOutDir: true,
    cssCodeSplit: false,
    rollupOptions: {
      input: 'src/main.js',
      output: { format: 'iife', entryFileNames: 'kechuang.js', assetFileNames: 'kechuang[extname]' },
    },
  },
})
