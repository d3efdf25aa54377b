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
}
