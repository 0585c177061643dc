/** The text with which GraphiQL opens. Every operation in it is valid. */
export const DEFAULT_QUERY = `# Toehold runs the small web apps on this machine.
# You can do everything through this schema. The book
# icon on the left opens the documentation.
#
# Ctrl-Enter runs the operation at the cursor. The
# triangle lets you choose one. Start with "Apps": it
# lists the apps, and the URL of each.

query Apps {
  apps {
    totalCount
    nodes {
      icon
      name
      state
      url
      error
      port { port state }
      run { phase pid startedAt }
      logs(last: 3) { nodes { at stream text } }
    }
  }
}

# Commands are mutations. Each returns a success or a
# typed error. Replace "hello" with the name of one of
# your apps.

mutation Restart {
  restartApp(input: { app: { name: "hello" }, wait: true }) {
    __typename
    ... on RestartAppSuccess { app { name state url } }
    ... on Error { code message }
  }
}

# Subscriptions stay open and deliver events and log
# lines as they happen.

subscription Events {
  events {
    __typename
    ... on EventBatch {
      events {
        __typename
        at
        ... on AppEvent { appName }
        ... on AppStateChangedEvent { from to }
      }
    }
  }
}

subscription Logs {
  logs(last: 10) {
    ... on LogBatch { entries { at text app { name } } }
  }
}
`;
