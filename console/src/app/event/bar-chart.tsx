import 'uplot/dist/uPlot.min.css';
import { useMantineColorScheme } from '@mantine/core';
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

const dataOf = (bars: readonly Bar[], series: Series): uPlot.AlignedData => [
  bars.map(({ at }) => Date.parse(at) / 1_000),
  bars.map((bar) => bar[series]),
];

/** Bars over time. All charts of a page share their cursor. */
export const BarChart = ({ bars, series, title, total, label, zone, precision }: BarChartProps) => {
  const language = useLanguage();
  const { colorScheme } = useMantineColorScheme();
  const [pointed, setPointed] = useState<number | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(bars);
  latest.current = bars;

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const color = (name: string): string => getComputedStyle(element).getPropertyValue(name).trim();
    const probe = getComputedStyle(element).color;
    const axis = {
      stroke: probe,
      font: '12px system-ui',
      grid: { stroke: lineColor(element), width: 1 },
      ticks: { show: false },
    };
    const created = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), zone),
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false }, sync: { key: 'figures' } },
        scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.08)] } },
        axes: [
          {
            ...axis,
            grid: { show: false },
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
            fill: color('--app-quiet') || probe,
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
  }, [series, zone, language, colorScheme]);

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
const lineColor = (element: HTMLElement): string => {
  const probe = document.createElement('span');
  probe.style.color = 'var(--app-line)';
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
};
