export { EventStoreDbDouble, type AppendFault } from './double';
export { Gate } from './gate';
