// What every page does besides: it prints light, and formulas that scroll do so by keyboard, too.
{
  // The theme's colors hang on this attribute of <html>. Dark ink on white paper needs the light ones.
  const { dataset } = document.documentElement;
  let theme;
  addEventListener("beforeprint", () => {
    theme = dataset.theme;
    dataset.theme = "light";
  });
  addEventListener("afterprint", () => (dataset.theme = theme));

  // A formula too wide for the page can be reached with Tab. The theme does it for code and tables.
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const formula of document.querySelectorAll(".katex-display")) observer.observe(formula);
}
