// <form data-key="create|get"> with a hidden field `credential`: asks the browser for a security key, then sends the form.
document.addEventListener('submit', async (event) => {
  const form = event.target
  const field = form.elements.credential
  if (!form.dataset.key || (field.value && field.value !== 'null')) return // an empty field of JSON says null
  event.preventDefault()
  event.stopImmediatePropagation()
  const says = form.querySelector('[data-key-says]')
  says.textContent = ''
  const data = JSON.parse(document.getElementById('key-data').textContent)
  try {
    const found = form.dataset.key === 'create'
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(data.creation_options.publicKey) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(data.request_options.publicKey) })
    field.value = JSON.stringify(found)
    form.requestSubmit()
  } catch {
    says.textContent = says.dataset.keySays
  }
})
