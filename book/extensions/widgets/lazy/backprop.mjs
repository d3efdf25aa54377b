export { default } from "../../../../mlp/widgets/backprop.mjs";
