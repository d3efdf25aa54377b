// A formula too wide for the page can be reached with Tab. The theme does it for code and tables.

/** @type {NodeListOf<HTMLElement>} */
const formulas = document.querySelectorAll(".katex-display");
const update = () => {
  for (const formula of formulas) {
    if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
    else formula.removeAttribute("tabindex");
  }
};
const observer = new ResizeObserver(update); // of the window, of what is unfolded
for (const formula of formulas) observer.observe(formula);
document.fonts.addEventListener("loadingdone", update);
