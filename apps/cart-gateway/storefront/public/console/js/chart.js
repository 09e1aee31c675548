// Bars by the hour, drawn on a canvas by uPlot in the colours of the page. What they say is also in
// the table beside them, which everybody can read.

const { uPlot } = globalThis;
const heightPx = 220;
/** Payments are counted: there is no half of one. */
const wholeSteps = [1, 10, 100, 1e3, 1e4, 1e5].flatMap((n) => [n, 2 * n, 5 * n]);
const hourTicks = [0, 3, 6, 9, 12, 15, 18, 21];

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function axis(more) {
  const grid = { stroke: colour('--line'), width: 1 };
  return { stroke: colour('--quiet'), grid, ticks: grid, ...more };
}

function optionsFor(width) {
  const ink = { fill: colour('--accent'), stroke: colour('--accent') };
  const bars = uPlot.paths.bars({ size: [0.7, 40] });
  return {
    width,
    height: heightPx,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: [-0.6, 23.6] },
      y: { range: (_, __, max) => [0, max || 1] },
    },
    axes: [axis({ splits: () => hourTicks }), axis({ size: 48, incrs: wholeSteps })],
    series: [{}, { ...ink, paths: bars, points: { show: false } }],
  };
}

/** Draws one number for each hour of a day, again when the window or its colours change. */
export function showChart(place, numbers) {
  const hours = numbers.map((_, hour) => hour);
  let drawn;
  function draw() {
    drawn?.destroy();
    drawn = new uPlot(optionsFor(place.clientWidth), [hours, numbers], place);
  }
  draw();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  addEventListener('resize', draw);
}
