import { Tooltip } from '@mantine/core';
import { useEffect, useRef, useState, type ReactNode, type SyntheticEvent } from 'react';

const DELAY_MS = 250;

/**
 * Creates a tooltip only while it is shown: lists have hundreds of them, and a list that scrolls could not create them in time.
 * @returns the handlers for the element, and what to render beside it
 */
export const useLazyTooltip = (label: () => ReactNode) => {
  const [target, setTarget] = useState<HTMLElement | null>(null);
  const timer = useRef(0);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const show = ({ currentTarget }: SyntheticEvent<HTMLElement>): void => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setTarget(currentTarget), DELAY_MS);
  };
  const hide = (): void => {
    window.clearTimeout(timer.current);
    setTarget(null);
  };
  const handlers = { onMouseEnter: show, onFocus: show, onMouseLeave: hide, onBlur: hide };
  return [handlers, target && <Tooltip opened target={target} label={label()} />] as const;
};
