import { graphql } from '../../generated/index.ts';

export const LogsStream = graphql(`
  subscription LogsStream($apps: [AppRef!], $after: Cursor, $last: Int, $filter: LogFilter) {
    logs(apps: $apps, after: $after, last: $last, filter: $filter) {
      __typename
      ... on LogBatch {
        cursor
        live
        lines
        entries { cursor text stream app { name } run { id } }
      }
      ... on StreamGap { lostAfter resumeAt reason app { name } }
      ... on StreamHeartbeat { cursor }
    }
  }
`);

export const EventsStream = graphql(`
  subscription EventsStream($apps: [AppRef!], $after: Cursor) {
    events(apps: $apps, after: $after) {
      __typename
      ... on EventBatch {
        cursor
        live
        events {
          __typename
          id
          cursor
          actor
          ... on AppEvent { appId appName app { name state } }
          ... on AppStateChangedEvent { from to run { id phase } }
        }
      }
      ... on StreamGap { lostAfter resumeAt reason app { name } }
      ... on StreamHeartbeat { cursor }
    }
  }
`);

export const Positions = graphql(`
  query Positions {
    eventCursor
    logs(last: 1) { pageInfo { endCursor } }
  }
`);
