/* Counts, sizes and times in words: those of the command line, shorter where they stand in a column. */

const DAY = 86_400_000;

function grouped(number) {
  return number < 10_000 ? String(number) : String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

function counted(number, one, many = `${one}s`) {
  return `${grouped(number)} ${number === 1 ? one : many}`;
}

function sized(bytes) {
  if (bytes < 1000) return counted(bytes, "byte");
  const units = ["kB", "MB", "GB", "TB", "PB"];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(value >= 99.95 ? 0 : 1)} ${units[unit]}`;
}

/** An age in milliseconds, to two digits or so. */
function aged(age) {
  const days = Math.max(0, Math.floor(age / DAY));
  if (days < 60) return counted(days, "day");
  if (days < 730) return `${Math.round(days / 30.44)} months`;
  return `${(days / 365.25).toFixed(1)} years`;
}

function agedShortly(age) {
  return aged(age)
    .replace(/ days?/, " d")
    .replace(" months", " mo")
    .replace(" years", " y");
}

function dated(time) {
  return new Date(time).toISOString().slice(0, 10);
}

/** What a target or release is called. */
function called(thing) {
  return thing.version ? `${thing.name} ${thing.version}` : thing.name;
}

/** Names with commas; past `most`, the rest is counted. */
function listed(names, most = Infinity) {
  if (names.length <= most) return names.join(", ");
  return `${names.slice(0, most - 1).join(", ")} and ${names.length - most + 1} more`;
}

function compared(one, other) {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** The order of targets and releases: by name, then as the lock has them. */
function inOrder(one, other) {
  return compared(one.name, other.name) || one.number - other.number;
}

/** Split a text at the first separator. */
function parted(text, separator) {
  const place = text.indexOf(separator);
  return place < 0 ? [text, ""] : [text.slice(0, place), text.slice(place + separator.length)];
}
