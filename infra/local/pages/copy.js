// A button beside each text that is made to be pasted elsewhere. Without a script there is no button, and the text can be marked.

for (const source of document.querySelectorAll('[data-copy]')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy';
  const say = text => { button.textContent = text; };
  say('Copy');
  button.setAttribute('aria-label', `Copy ${source.dataset.copy}`);
  button.addEventListener('click', async () => {
    say(await copies(source) ? 'Copied' : 'Marked: press Ctrl-C');
    button.setAttribute('aria-label', button.textContent);
    setTimeout(() => {
      say('Copy');
      button.setAttribute('aria-label', `Copy ${source.dataset.copy}`);
    }, 2000);
  });
  source.after(button);
}

// Browsers keep the clipboard from plain http: on other machines: there the text is marked.
async function copies(source) {
  try {
    await navigator.clipboard.writeText(source.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(source);
    return document.execCommand?.('copy') ?? false;
  }
}
