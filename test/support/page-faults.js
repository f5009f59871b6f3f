/**
 * Lists the faults that keep people from using the page that is open in a browser, a sentence for
 * each. The script runs in the page and sees only the page. It measures the widths and colours that
 * the browser shows at the moment.
 */
(() => {
  const faults = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const seen = (element) => element.checkVisibility() && element.getClientRects().length > 0;
  const words = (element) => element.textContent.trim().replace(/\s+/g, ' ').slice(0, 40);
  const say = (sentence) => void (faults.includes(sentence) || faults.push(sentence));

  let level = 0;
  const headings = all('h1, h2, h3, h4, h5, h6').filter(seen);
  for (const heading of headings) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) say(`"${words(heading)}" is h${next} below h${level}`);
    level = next;
  }
  const titles = headings.filter(({ tagName }) => tagName === 'H1').length;
  if (titles !== 1) say(`${titles} h1`);
  if (all('main').length !== 1) say('not one main');
  for (const element of all('a, button, p').filter(seen)) {
    const isPlaced = element.closest('main, header, nav, footer, aside, .skip, .menu');
    if (!isPlaced) say(`"${words(element)}" is in no landmark`);
  }

  const ids = all('[id]').map(({ id }) => id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) say(`two are called ${id}`);
  for (const element of all('[aria-describedby], [aria-labelledby]')) {
    const { ariaDescribedByElements, ariaLabelledByElements } = element;
    const named = [...(ariaDescribedByElements ?? []), ...(ariaLabelledByElements ?? [])];
    if (named.length === 0) say(`"${element.id}" is described by nothing`);
    for (const other of named) if (words(other) === '') say(`#${other.id} describes and is empty`);
  }
  for (const field of all('input:not([type=hidden]), select, textarea')) {
    if (field.labels.length === 0 && !field.ariaLabel) say(`${field.name} has no label`);
  }
  for (const one of all('a[href], button').filter(seen)) {
    const name = one.ariaLabel ?? `${words(one)}${one.querySelector('img')?.alt ?? ''}`;
    if (name === '') say(`a ${one.tagName} without a name`);
    if (one.matches('a[role=button]')) say(`"${name}" is a link and says that it is a button`);
    const { width, height } = one.getBoundingClientRect();
    const isInText = getComputedStyle(one).display === 'inline';
    if (!isInText && Math.min(width, height) < 24) say(`"${name}" is ${width} by ${height}`);
  }
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) say(`${scrollWidth} pixels in ${clientWidth}`);

  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const channels = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = ([red, green, blue, alpha], below) =>
    [red, green, blue].map((one, at) => one * alpha + below[at] * (1 - alpha));
  const backgroundOf = (element) =>
    element === null
      ? [255, 255, 255]
      : over(
          channels(getComputedStyle(element).backgroundColor),
          backgroundOf(element.parentElement),
        );
  const light = (colour) => {
    const [red, green, blue] = colour.map((one) => {
      const part = one / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [darker, lighter] = [light(one), light(other)].toSorted((a, b) => a - b);
    return (lighter + 0.05) / (darker + 0.05);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (texts.currentNode.data.trim() === '' || !seen(element)) continue;
    if (element.closest('.skip, script, noscript')) continue;
    const { color, fontSize, fontWeight } = getComputedStyle(element);
    const size = Number.parseFloat(fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700);
    const below = backgroundOf(element);
    const ratio = contrast(over(channels(color), below), below);
    if (ratio < (isLarge ? 3 : 4.5))
      say(`"${words(element)}" has a contrast of ${ratio.toFixed(2)}`);
  }
  for (const field of all('input:not([type=hidden]), select, textarea').filter(seen)) {
    const below = backgroundOf(field.parentElement);
    const ratio = contrast(over(channels(getComputedStyle(field).borderTopColor), below), below);
    if (ratio < 3) say(`the edge of ${field.name} has a contrast of ${ratio.toFixed(2)}`);
  }
  return faults;
})();
