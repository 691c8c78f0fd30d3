export function fillHelp() {}
