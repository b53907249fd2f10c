/** Icon files are imported as the text they contain. */
declare module "*.svg" {
  const text: string;
  export default text;
}
