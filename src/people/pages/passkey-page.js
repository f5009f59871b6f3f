/**
 * Makes the forms with `data-passkey` ask the browser for a passkey before they are sent. The page
 * loads the library (`SimpleWebAuthnBrowser`) first. Without JavaScript the forms do nothing.
 */
const { startAuthentication, startRegistration, browserSupportsWebAuthn } =
  globalThis.SimpleWebAuthnBrowser;

for (const form of document.querySelectorAll('form[data-passkey]')) {
  const button = form.querySelector('button');
  const problem = form.querySelector('[role=alert]');

  const say = (sentence) => {
    problem.textContent = sentence;
    problem.hidden = sentence === '';
  };

  const ask = async () => {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(form.dataset.options, { method: 'POST', body });
    const isJson = answer.headers.get('content-type')?.startsWith('application/json');
    if (!answer.ok || !isJson) throw new Error('reload');
    const optionsJSON = await answer.json();
    const begin = form.dataset.passkey === 'create' ? startRegistration : startAuthentication;
    return begin({ optionsJSON });
  };

  const send = async () => {
    try {
      form.elements.namedItem('Passkey').value = JSON.stringify(await ask());
      // `submit()` sends the form without calling this listener again.
      form.submit();
    } catch (error) {
      button.removeAttribute('aria-busy');
      if (error.message === 'reload') say('That did not work. Reload the page and try again.');
      else if (error.name === 'InvalidStateError') say('This passkey is one of yours already.');
      else say('No passkey was used. Try again, and follow what your browser or device asks.');
    }
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    say('');
    button.setAttribute('aria-busy', 'true');
    void send();
  });

  if (!browserSupportsWebAuthn()) {
    button.disabled = true;
    say('This browser cannot use passkeys.');
  }
}
