
(() => {
  const nav = document.querySelector("nav");
  if (!nav) return;
  const links = [...nav.querySelectorAll("a")];
  const chosen = () => Math.max(0, links.findIndex((link) => link.hash === location.hash));
  const mark = () => {
    const at = chosen();
    links.forEach((link, index) => {
      if (index === at) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
    const list = nav.querySelector("ul");
    const link = links[at];
    const above = link.offsetTop - list.offsetTop;
    if (above < list.scrollTop || above + link.offsetHeight > list.scrollTop + list.clientHeight) {
      list.scrollTop = above - list.clientHeight / 2;
    }
  };
  const visible = () => links.filter((link) => !link.parentElement.hidden);
  addEventListener("hashchange", mark);
  addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input")) return;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const all = visible();
    if (!step || !all.length) return;
    const at = all.indexOf(links[chosen()]);
    const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
    event.preventDefault();
    if (next.hash === location.hash) return;
    // Replaced, so that leaving the page takes one step back; and where it was, not jumped to.
    const y = scrollY;
    location.replace(next.hash);
    scrollTo(0, y);
  });
  if (links.length > 1) {
    const keys = document.createElement("p");
    keys.className = "keys";
    keys.textContent = "\u2190 and \u2192 go through them";
    nav.append(keys);
  }
  if (links.length > 10) {
    const filter = document.createElement("input");
    filter.type = "search";
    filter.placeholder = "Filter " + links.length + " losses";
    filter.setAttribute("aria-label", "Filter losses");
    filter.addEventListener("input", () => {
      const wanted = filter.value.trim().toLowerCase();
      for (const link of links) {
        link.parentElement.hidden = !link.textContent.toLowerCase().includes(wanted);
      }
    });
    nav.prepend(filter);
  }
  mark();
})();
