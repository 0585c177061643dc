/** What GraphiQL opens with: it tells what Toehold is, and works as it stands. */
export const DEFAULT_QUERY = `# Toehold runs the small web apps of this machine.
# All that it knows and does is in this schema: the
# book on the left opens the documentation.
#
# Ctrl-Enter runs what the cursor is in; the triangle
# lets you choose. Begin with "Apps": it lists the
# apps, and where each of them opens.

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

# Commands are mutations. Each answers with a success
# or with a typed failure. Put the name of one of your
# apps in the place of "hello".

mutation Restart {
  restartApp(input: { app: { name: "hello" }, wait: true }) {
    __typename
    ... on RestartAppSuccess { app { name state url } }
    ... on Error { code message }
  }
}

# Subscriptions stay open, and tell what happens
# while it happens.

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
