export { default } from "../../../../mlp/widgets/race.mjs";
