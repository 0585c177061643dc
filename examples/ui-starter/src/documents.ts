import { graphql } from './generated';

export const APPS = graphql(`
  query Apps {
    viewer { name role }
    apps { nodes { id name icon state url error port { port } } }
  }
`);

/** Reports changes. The list is read again at each of them. */
export const EVENTS = graphql(`
  subscription Events {
    events { __typename }
  }
`);

export const LOG = graphql(`
  subscription Log($app: AppRef!) {
    logs(apps: [$app], last: 100) {
      ... on LogBatch { entries { cursor stream text } }
    }
  }
`);

/** Each answers when it is done, with a success or a typed failure. */
export const COMMANDS = {
  start: graphql(`
    mutation Start($app: AppRef!) {
      result: startApp(input: { app: $app, wait: true }) {
        __typename
        ... on Error { message }
        ... on StartFailedError { tail { text } }
      }
    }
  `),
  stop: graphql(`
    mutation Stop($app: AppRef!) {
      result: stopApp(input: { app: $app, wait: true }) { __typename ... on Error { message } }
    }
  `),
  restart: graphql(`
    mutation Restart($app: AppRef!) {
      result: restartApp(input: { app: $app, wait: true }) {
        __typename
        ... on Error { message }
        ... on StartFailedError { tail { text } }
      }
    }
  `),
};
