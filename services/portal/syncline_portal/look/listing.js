// A q-table whose cells are templates, each made into a component once. NiceGUI makes a new
// component of a slot's template at every drawing, so that every cell is replaced by any change on
// the page, and a click between whose press and release that falls is lost.
const made = new Map();

export default {
  template: `
    <q-table ref="qRef">
      <template v-slot:header-cell="scope">
        <q-th :props="scope" :tabindex="scope.col.sortable ? 0 : undefined"
          @keydown.enter="scope.col.sortable && scope.sort(scope.col)">{{ scope.col.label }}</q-th>
      </template>
      <template v-for="(template, slot) in templates" :key="slot" v-slot:[slot]="scope">
        <component :is="cell(template)" :props="scope"></component>
      </template>
    </q-table>
  `,
  props: { templates: Object },
  methods: {
    cell(template) {
      if (!made.has(template)) made.set(template, { props: { props: Object }, template });
      return made.get(template);
    },
  },
};
