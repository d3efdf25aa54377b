// Every page prints light: dark ink on white paper needs the theme's light colors, which hang on
// this attribute of <html>.

const { dataset } = document.documentElement;
/** @type {string | undefined} */
let theme;
addEventListener("beforeprint", () => {
  theme = dataset.theme;
  dataset.theme = "light";
});
addEventListener("afterprint", () => {
  dataset.theme = theme;
});
