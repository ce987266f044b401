import { useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { useTexts } from '../../../shared/i18n/texts';
import { useEventZone, useZoneMode } from '../../time/zone-mode';
import { formatTime, zoneFor } from '../../time/zones';
import { Time } from '../../time/time';
import { closestTo, placesOf } from './moment';
import { timeMachineTexts } from './texts';
import type { Fact } from './facts';
import classes from './time-machine.module.css';

interface TimelineProps {
  readonly facts: readonly Fact[];
  /** Index of the event that is shown. */
  readonly index: number;
  /** The event in words. */
  readonly words: string;
  readonly onChoose: (index: number) => void;
}

/** Steps of the page keys. */
const FAR = 10;

const STEPS: Readonly<Record<string, (index: number, last: number) => number>> = {
  ArrowRight: (index) => index + 1,
  ArrowUp: (index) => index + 1,
  ArrowLeft: (index) => index - 1,
  ArrowDown: (index) => index - 1,
  PageUp: (index) => index + FAR,
  PageDown: (index) => index - FAR,
  Home: () => 0,
  End: (_, last) => last,
};

/** Most ticks that are drawn. More would be one block. */
const MAX_TICKS = 400;

/** A slider over time with a tick at each event. The keys step from event to event. */
export const Timeline = ({ facts, index, words, onChoose }: TimelineProps) => {
  const t = useTexts(timeMachineTexts);
  const zone = zoneFor(useZoneMode(), useEventZone());
  const track = useRef<HTMLDivElement>(null);
  const last = facts.length - 1;
  const times = facts.map(({ at }) => at);
  const end = times.reduce((latest, at) => (at > latest ? at : latest), '');
  const start = times.reduce((earliest, at) => (at < earliest ? at : earliest), end);
  const places = placesOf(times, end);
  const ticks = new Set(places.map((place) => Math.round(place * MAX_TICKS) / MAX_TICKS));
  const at = facts[index]?.at ?? start;

  const onKeyDown = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    onChoose(Math.max(0, Math.min(step(index, last), last)));
  };
  const onPointer = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.buttons !== 1 || !track.current) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const { left, width } = track.current.getBoundingClientRect();
    onChoose(closestTo(places, (event.clientX - left) / width));
  };

  return (
    <div className={classes.timeline}>
      <div
        className={classes.slider}
        role="slider"
        tabIndex={0}
        aria-label={t('sliderLabel')}
        aria-valuemin={1}
        aria-valuemax={facts.length}
        aria-valuenow={index + 1}
        aria-valuetext={t('sliderValue', { number: index + 1, count: facts.length, at: formatTime(at, zone), what: words })}
        onKeyDown={onKeyDown}
        onPointerDown={onPointer}
        onPointerMove={onPointer}
      >
        <div ref={track} className={classes.track}>
          {[...ticks].map((place) => (
            <span key={place} className={classes.tick} style={{ left: `${place * 100}%` }} />
          ))}
          <span className={classes.thumb} style={{ left: `${(places[index] ?? 0) * 100}%` }} />
        </div>
      </div>
      <div className={classes.ends}>
        <Time at={start} />
        <Time at={end} />
      </div>
    </div>
  );
};
