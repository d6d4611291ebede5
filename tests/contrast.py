"""What stands out too little on a page in a browser: text below 4.5 to 1, edges of fields below 3 to 1 (WCAG AA)."""

from __future__ import annotations

CONTRAST = """
const parse = (text) => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
const over = (top, under) => top.slice(0, 3).map((value, i) => value * top[3] + under[i] * (1 - top[3])).concat(1);
const surface = (element) => {
  if (element === null) return [255, 255, 255, 1];
  const own = parse(getComputedStyle(element).backgroundColor);
  return own[3] === 1 ? own : over(own, surface(element.parentElement));
};
const luminance = (colour) => colour.slice(0, 3).map((value) => value / 255)
  .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
const contrast = (one, other) => {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
};
const low = [];
let seen = 0;
for (const element of document.querySelectorAll("body *")) {
  if (!element.checkVisibility() || element.closest(".unseen, .skip")) continue;
  const style = getComputedStyle(element);
  const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
  const under = surface(element);
  if (hasText || element.matches("input, select, textarea")) {
    seen += 1;
    const found = contrast(over(parse(style.color), under), under);
    if (found < 4.5) low.push([element.tagName, element.className, element.textContent.slice(0, 40), found]);
  }
  if (element.matches("input:not([readonly]), select, textarea")) {
    const found = contrast(parse(style.borderTopColor), surface(element.parentElement));
    if (found < 3) low.push([element.tagName, element.id, "border", found]);
  }
}
return [seen, low];
"""
"""A script for `Browser.run`: how many texts were looked at, and those that stand out too little."""
