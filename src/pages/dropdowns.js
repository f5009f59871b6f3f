/**
 * Closes an open dropdown by Escape, and when the keyboard moves on, so that it does not cover
 * what has the focus then. Without JavaScript its own button closes it.
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
