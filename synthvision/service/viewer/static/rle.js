// COCO's compressed run lengths: https://github.com/cocodataset/cocoapi/blob/master/common/maskApi.c
// A mask is walked column by column; counts alternate between off and on.

/** Lengths of the runs, the first one off. */
export function decodeCounts(text) {
  const counts = [];
  let place = 0;
  while (place < text.length) {
    let [value, shift, more] = [0, 0, true];
    while (more && place < text.length) {
      const group = text.charCodeAt(place) - 48;
      value |= (group & 0x1f) << shift;
      more = (group & 0x20) !== 0;
      shift += 5;
      place += 1;
      if (!more && group & 0x10 && shift < 32) value |= -1 << shift;
    }
    // From the fourth on a count is told as its difference to the one two before.
    if (counts.length > 2) value += counts[counts.length - 2];
    counts.push(value);
  }
  return counts;
}

/** The parts of a mask as [column, first row, row after the last], in order. */
export function maskSpans(text, height) {
  const spans = [];
  let place = 0;
  decodeCounts(text).forEach((count, index) => {
    const end = place + count;
    if (index % 2) {
      while (place < end) {
        const column = Math.floor(place / height);
        const stop = Math.min(end, (column + 1) * height);
        spans.push([column, place - column * height, stop - column * height]);
        place = stop;
      }
    }
    place = end;
  });
  return spans;
}

/** The border of a mask along the edges of pixels, so that it is sharp at any zoom. */
export function borderPath(spans) {
  const path = new Path2D();
  const columns = new Map();
  for (const [column, top, bottom] of spans) {
    if (!columns.has(column)) columns.set(column, []);
    columns.get(column).push([top, bottom]);
  }
  // Upper and lower edges, joined over columns in which they stay in one row.
  const open = new Map();
  const flush = (row, from, to) => {
    path.moveTo(from, row);
    path.lineTo(to, row);
  };
  const sorted = [...columns.keys()].sort((a, b) => a - b);
  for (const column of sorted) {
    for (const [top, bottom] of columns.get(column)) {
      for (const key of [`t${top}`, `b${bottom}`]) {
        const run = open.get(key);
        if (run && run[1] === column) run[1] = column + 1;
        else {
          if (run) flush(Number(key.slice(1)), run[0], run[1]);
          open.set(key, [column, column + 1]);
        }
      }
    }
  }
  for (const [key, [from, to]] of open) flush(Number(key.slice(1)), from, to);
  // Upright edges: rows that are in one of two neighbouring columns but not in both.
  for (const column of sorted) {
    upright(path, column, columns.get(column - 1) ?? [], columns.get(column));
    if (!columns.has(column + 1)) upright(path, column + 1, columns.get(column), []);
  }
  return path;
}

function upright(path, x, left, right) {
  const ends = [...left, ...right].flat().sort((a, b) => a - b);
  for (let index = 0; index + 1 < ends.length; index += 2) {
    if (ends[index] === ends[index + 1]) continue;
    path.moveTo(x, ends[index]);
    path.lineTo(x, ends[index + 1]);
  }
}
