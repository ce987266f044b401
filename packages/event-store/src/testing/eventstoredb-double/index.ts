export { EventStoreDbDouble, type AppendFault } from './double';
export { FaultyProxy } from './faulty-proxy';
