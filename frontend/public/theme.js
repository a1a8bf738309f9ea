// Runs before the first paint, so that a dark page never flashes white. A file of its own: the page's policy
// forbids inline scripts.
(() => {
  const chosen = localStorage.getItem("theme");
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.classList.toggle("dark", dark);
})();
