export { default } from "../../../../mlp/widgets/activation.mjs";
