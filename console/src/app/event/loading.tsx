import { Skeleton, Stack } from '@mantine/core';

/** Rows in the height of the list that is being loaded. */
export const Loading = ({ rows }: { rows: number }) => (
  <Stack gap="sm" aria-busy>
    {Array.from({ length: rows }, (_, index) => (
      <Skeleton key={index} height={24} radius="sm" />
    ))}
  </Stack>
);
