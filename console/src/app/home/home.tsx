import { Page } from '../components/page';

export const Home = () => (
  <Page title="Home">
    <p>…</p>
  </Page>
);
