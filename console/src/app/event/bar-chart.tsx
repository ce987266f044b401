import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import { useLanguage } from '../../shared/i18n/texts';
import { formatCount } from '../components/number';
import { formatTime } from '../time/zones';
import type { Bar, Series } from './figures-of';
import classes from './event.module.css';

interface BarChartProps {
  readonly bars: readonly Bar[];
  readonly series: Series;
  readonly title: string;
  readonly total: string;
  /** What the chart shows, for screen readers. */
  readonly label: string;
  readonly zone: string;
  readonly precision: 'day' | 'minute';
}

const HEIGHT = 118;
/** Wide enough for a number of seven digits. */
const AXIS_WIDTH = 64;
/** Bars that have room, so that a single one is not as wide as the chart. */
const FEWEST = 24;

const dataOf = (bars: readonly Bar[], series: Series): uPlot.AlignedData => [
  bars.map(({ at }) => Date.parse(at) / 1_000),
  bars.map((bar) => bar[series]),
];

/** Bars over time. All charts of a page share their cursor. */
export const BarChart = ({ bars, series, title, total, label, zone, precision }: BarChartProps) => {
  const language = useLanguage();
  const colorScheme = useComputedColorScheme();
  const step = precision === 'day' ? 86_400 : 3_600;
  const [pointed, setPointed] = useState<number | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(bars);
  latest.current = bars;

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const axis = {
      stroke: colorOf(element, '--app-quiet'),
      font: '12px system-ui',
      grid: { stroke: colorOf(element, '--app-line'), width: 1 },
      ticks: { show: false },
    };
    const created = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), zone),
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false }, sync: { key: 'figures' } },
        scales: {
          x: { range: (_plot, first, last) => [first, Math.max(last + step, first + FEWEST * step)] },
          y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.08)] },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            size: 26,
            values: (_plot, times) =>
              times.map((seconds, index) => tickOf(seconds, index === 0 ? null : (times[index - 1] ?? null), zone)),
          },
          {
            ...axis,
            size: AXIS_WIDTH,
            incrs: WHOLE_STEPS,
            values: (_plot, values) => values.map((value) => formatCount(value, language)),
          },
        ],
        series: [
          {},
          {
            fill: colorOf(element, '--app-quiet'),
            stroke: 'transparent',
            ...(barsPath && { paths: barsPath }),
            points: { show: false },
          },
        ],
        hooks: { setCursor: [({ cursor }) => setPointed(cursor.idx ?? null)] },
      },
      dataOf(latest.current, series),
      element,
    );
    plot.current = created;
    const observer = new ResizeObserver(() => created.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      created.destroy();
      plot.current = null;
    };
  }, [series, zone, language, colorScheme, step]);

  useEffect(() => plot.current?.setData(dataOf(bars, series)), [bars, series]);

  const bar = pointed === null ? undefined : bars[pointed];
  return (
    <figure style={{ margin: 0 }}>
      <figcaption className={classes.chartTitle}>
        {title}
        <span className={classes.reading}>
          {bar ? `${formatTime(bar.at, zone, precision)} · ${formatCount(bar[series], language)}` : total}
        </span>
      </figcaption>
      <div ref={frame} className={classes.chart} role="img" aria-label={label} />
    </figure>
  );
};

const barsPath = uPlot.paths.bars?.({ size: [0.8, 28], align: 1 });
const WHOLE_STEPS = [1, 2, 5]
  .flatMap((step) => Array.from({ length: 12 }, (_, power) => step * 10 ** power))
  .sort((a, b) => a - b);

/** Day where it changes, otherwise the time. */
const tickOf = (seconds: number, before: number | null, zone: string): string => {
  const [day = '', time = ''] = formatTime(new Date(seconds * 1_000).toISOString(), zone).split(' ');
  const earlier = before === null ? '' : formatTime(new Date(before * 1_000).toISOString(), zone, 'day');
  return day === earlier ? time : day.slice(5);
};

/** The colour of a CSS variable as the canvas understands it: `light-dark()` is computed only in a property. */
const colorOf = (element: HTMLElement, variable: string): string => {
  const probe = document.createElement('span');
  probe.style.color = `var(${variable})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
};
