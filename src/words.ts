/** Numbers in sentences for people. */

/** 1, "row" -> "1 row"; 1_200, "row" -> "1,200 rows". Other plurals than with an s are named. */
export const amount = (value: number, one: string, several = `${one}s`): string =>
  `${value.toLocaleString("en-US")} ${value === 1 ? one : several}`;
