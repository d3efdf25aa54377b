export { default } from "../../../../mlp/widgets/neuron.mjs";
