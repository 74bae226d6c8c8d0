"use strict";
// Adds sorting, filters, keyboard walks and deep links; without it the page is whole.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  all(".filter, #save").forEach((node) => { node.hidden = false; });

  // Sort a table by one of its columns; numbers start with the largest.
  const sortBy = (table, column, head) => {
    const body = table.tBodies[0];
    const wasDown = head.getAttribute("aria-sort") === "descending";
    const numeric = head.classList.contains("num");
    const down = head.hasAttribute("aria-sort") ? !wasDown : numeric;
    all("th[aria-sort]", table).forEach((th) => th.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = (row) => row.cells[column].dataset.key ?? row.cells[column].textContent;
    const compare = (a, b) => {
      const [x, y] = [key(a), key(b)];
      const [p, q] = [Number(x), Number(y)];
      return Number.isNaN(p) || Number.isNaN(q) ? x.localeCompare(y) : p - q;
    };
    [...body.rows].sort((a, b) => (down ? compare(b, a) : compare(a, b))).forEach((row) => body.append(row));
  };
  all("table.sortable").forEach((table) => {
    all("thead th", table).forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.addEventListener("click", () => sortBy(table, column, head));
      head.replaceChildren(button);
    });
  });

  // Filter rows of a table or videos by their text; say how many are left.
  all("input[data-filter]").forEach((input) => {
    const target = document.getElementById(input.dataset.filter);
    const items = () => (target.tBodies ? [...target.tBodies[0].rows] : [...target.children]);
    const said = input.closest(".filter").querySelector("output");
    const words = (item) => (item.dataset.text ?? item.cells[0].textContent).toLowerCase();
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      let shown = 0;
      items().forEach((item) => {
        item.hidden = !words(item).includes(wanted);
        shown += item.hidden ? 0 : 1;
      });
      said.textContent = `${shown} of ${items().length}`;
    });
  });

  // What a mark says appears below its chart, for touch and keyboard.
  const say = (mark) => {
    const box = mark.closest("figure, details.video").querySelector(".readout");
    box.hidden = false;
    box.textContent = mark.querySelector("title").textContent;
    all(".at", mark.closest("svg")).forEach((node) => node.classList.remove("at"));
    mark.classList.add("at");
  };
  all(".seg, .walk .dot").forEach((mark) => {
    mark.addEventListener("focus", () => say(mark));
    mark.addEventListener("click", () => mark.focus());
  });
  all(".walk").forEach((box) => {
    const dots = all(".dot", box);
    box.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const next = dots[dots.indexOf(document.activeElement) + step];
      if (!step || !next) return;
      event.preventDefault();
      dots.forEach((dot) => dot.setAttribute("tabindex", dot === next ? "0" : "-1"));
      next.focus();
    });
  });

  // #v=VIDEO&t=12.3 opens a video and draws a line at a time.
  const open = () => {
    const wanted = new URLSearchParams(location.hash.slice(1));
    const video = all("details.video").find((node) => node.dataset.video === wanted.get("v"));
    if (!video) return;
    video.open = true;
    video.scrollIntoView({ block: "start", behavior: "instant" });
    all(".cursor", video).forEach((node) => node.remove());
    const share = Number(wanted.get("t")) / Number(video.dataset.seconds);
    if (!(share > 0 && share <= 1)) return;
    const cursor = document.createElementNS("http://www.w3.org/2000/svg", "line");
    const set = { x1: `${100 * share}%`, x2: `${100 * share}%`, y1: "0", y2: "100%", class: "cursor" };
    Object.entries(set).forEach(([name, value]) => cursor.setAttribute(name, value));
    video.querySelector(".strip").append(cursor);
  };
  addEventListener("hashchange", open);
  open();

  addEventListener("beforeprint", () => all("figure details, .facts details").forEach((node) => { node.open = true; }));

  const save = document.getElementById("save");
  save.addEventListener("click", () => {
    const text = document.getElementById("report-data").textContent;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = save.dataset.name;
    link.click();
    URL.revokeObjectURL(link.href);
  });
})();
