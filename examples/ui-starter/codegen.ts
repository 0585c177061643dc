import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  // Your copy of schema.graphql, or Toehold's own if this folder is still in its repository.
  schema: '{.,../../schema}/schema.graphql',
  documents: 'src/*.{ts,tsx}',
  generates: {
    'src/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: { scalars: { Cursor: 'string', DateTime: 'string' }, useTypeImports: true, enumsAsTypes: true },
    },
  },
};

export default config;
