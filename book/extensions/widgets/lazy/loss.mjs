export { default } from "../../../../mlp/widgets/loss.mjs";
