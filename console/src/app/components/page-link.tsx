import { Link } from '@tanstack/react-router';
import type { ComponentProps } from 'react';
import { withChanges, type Search } from '../url-state';

interface PageLinkProps extends Omit<ComponentProps<'a'>, 'href'> {
  /** Path below /console. */
  readonly to: string;
  /** Search parameters of the page that is linked, such as filters. */
  readonly search?: Search;
}

/** A link to another page of the console. It keeps the zone in which times are shown. */
export const PageLink = ({ to, search = {}, ...rest }: PageLinkProps) => (
  <Link to={to} search={(current: Search) => withChanges({ tz: current.tz }, search)} {...rest} />
);
