/** Everything on the pages works without this script. */

/**
 * Closes an open dropdown by Escape, and when the focus leaves it, so that it does not cover the
 * focused element. Without JavaScript the dropdown's own button closes it.
 */
for (const dropdown of document.querySelectorAll('details.dropdown')) {
  dropdown.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape' || !dropdown.open) return;
    dropdown.open = false;
    dropdown.querySelector('summary').focus();
  });
  dropdown.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget && !dropdown.contains(relatedTarget)) dropdown.open = false;
  });
}

/** The slash key goes to the search field, unless the reader is writing. */
document.addEventListener('keydown', (event) => {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  if (key !== '/' || ctrlKey || metaKey || altKey) return;
  if (target.closest('input, textarea, select, [contenteditable]')) return;
  const field = document.querySelector('form.find input');
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});
