/**
 * A directory that is no app, in words for a person. Neither text has a period at the end.
 * @param command how the person calls this program: `toehold`, or `npx toehold`
 */
export function strayTexts(
  {
    reason,
    advice,
    adopt,
  }: { readonly reason: string; readonly advice: string; readonly adopt: string | null },
  command: string,
): { readonly found: string; readonly advice: string } {
  return {
    found: `is not an app, because ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`,
    advice: adopt === null ? advice : `${advice}: ${command} adopt ${adopt}`,
  };
}
