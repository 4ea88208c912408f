/* The ways to colour coordinates. Each has categories in order, and says which one a coordinate is in. */

const MODES = {
  change: {
    label: "change",
    categories: [
      { label: "added", fill: "added" },
      { label: "removed", fill: "removed" },
      { label: "changed", fill: "changed" },
      { label: "as before", fill: "none" },
    ],
    of: (coordinate) => ({ added: 0, removed: 1, changed: 2 })[coordinate.status] ?? 3,
  },
  skew: {
    label: "skew",
    categories: [
      { label: "one version", fill: "none" },
      { label: "differs by environment", fill: "kind-1" },
      { label: "differs by resolve", fill: "kind-2" },
      { label: "differs by both", fill: "kind-3" },
    ],
    of: (coordinate) => coordinate.skew,
  },
  size: {
    label: "size",
    categories: [
      { label: "no file", fill: "none" },
      { label: "under 100 kB", fill: "step-1" },
      { label: "under 1 MB", fill: "step-2" },
      { label: "under 10 MB", fill: "step-3" },
      { label: "under 100 MB", fill: "step-4" },
      { label: "100 MB and more", fill: "step-5" },
    ],
    of: (coordinate, view) => stepOf(view.sizes[coordinate.number] || null, [1e5, 1e6, 1e7, 1e8]),
  },
  age: {
    label: "age",
    categories: [
      { label: "age unknown", fill: "none" },
      { label: "under 3 months", fill: "step-1" },
      { label: "under a year", fill: "step-2" },
      { label: "under 2 years", fill: "step-3" },
      { label: "under 4 years", fill: "step-4" },
      { label: "4 years and more", fill: "step-5" },
    ],
    of: (coordinate, view, now) => {
      return stepOf(coordinate.time && now - coordinate.time, [91 * DAY, 365 * DAY, 730 * DAY, 1461 * DAY]);
    },
  },
};

/** 0 for nothing, else 1 and one more for each limit that a number reaches. */
function stepOf(number, limits) {
  return number === null ? 0 : 1 + limits.filter((limit) => number >= limit).length;
}
