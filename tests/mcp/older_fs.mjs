// The conformance suite imports fs.globSync, of node 22, for commands that are not used here.
const shim = "export * from 'node:fs'; export const globSync = undefined;";

export const resolve = (specifier, context, next) =>
  specifier === 'fs' && context.parentURL?.includes('/conformance/') ? { url: `data:text/javascript,${encodeURIComponent(shim)}`, shortCircuit: true } : next(specifier, context);
