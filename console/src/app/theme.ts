import {
  ActionIcon,
  Button,
  createTheme,
  defaultVariantColorsResolver,
  Drawer,
  Modal,
  Tooltip,
  type CSSVariablesResolver,
  type VariantColorsResolver,
} from '@mantine/core';

/** Filled controls are black on light pages and white on dark ones. Dangerous ones are red. */
const variantColors: VariantColorsResolver = (input) => {
  const colors = defaultVariantColorsResolver(input);
  if (input.variant !== 'filled') return colors;
  return input.color === 'red'
    ? { ...colors, background: 'light-dark(#c22f2f, #b83a3a)', hover: 'light-dark(#a92828, #a63333)', color: '#fff' }
    : {
        ...colors,
        background: 'light-dark(#17181c, #e9eaed)',
        hover: 'light-dark(#33363e, #ffffff)',
        color: 'light-dark(#fff, #17181c)',
      };
};

/**
 * The visual language. Text has five sizes, spaces are multiples of four pixels, and controls are neutral: colour means the
 * state of something. The colours of states are in `global.css`.
 */
export const theme = createTheme({
  fontFamily: `'Inter', 'Pretendard', system-ui, -apple-system, 'Segoe UI', 'Noto Sans KR', 'Noto Sans CJK KR', sans-serif`,
  fontFamilyMonospace: `ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace`,
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  lineHeights: { xs: '16px', sm: '20px', md: '20px', lg: '24px', xl: '28px' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  radius: { xs: '3px', sm: '4px', md: '6px', lg: '8px', xl: '12px' },
  defaultRadius: 'md',
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '20px', lineHeight: '28px' },
      h2: { fontSize: '16px', lineHeight: '24px' },
      h3: { fontSize: '14px', lineHeight: '20px' },
    },
  },
  colors: {
    gray: ['#f7f8f9', '#f1f3f5', '#e4e7eb', '#d9dce1', '#b8bdc6', '#8a919d', '#6b7280', '#5d6470', '#33363e', '#17181c'],
    dark: ['#e9eaed', '#b8bdc6', '#9aa1ad', '#6b7280', '#33363e', '#2a2d34', '#1b1d22', '#181a1f', '#131418', '#0e0f12'],
  },
  primaryColor: 'gray',
  primaryShade: { light: 9, dark: 1 },
  variantColorResolver: variantColors,
  respectReducedMotion: true,
  focusRing: 'auto',
  cursorType: 'pointer',
  components: {
    Button: Button.extend({ defaultProps: { size: 'xs' } }),
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', size: 'md' } }),
    Text: { defaultProps: { size: 'sm' } },
    Tooltip: Tooltip.extend({ defaultProps: { withArrow: false, transitionProps: { duration: 80 } } }),
    Modal: Modal.extend({ defaultProps: { transitionProps: { duration: 120 }, centered: true } }),
    Drawer: Drawer.extend({ defaultProps: { transitionProps: { duration: 120 } } }),
    TextInput: { defaultProps: { size: 'xs' } },
    PasswordInput: { defaultProps: { size: 'sm' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs', allowDeselect: false, checkIconPosition: 'right' } },
    MultiSelect: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs' } },
    SegmentedControl: { defaultProps: { size: 'xs', transitionDuration: 0 } },
    Checkbox: { defaultProps: { size: 'xs' } },
    Switch: { defaultProps: { size: 'xs' } },
    // The placeholder of the focus is no item, which a menu must not contain.
    Menu: { defaultProps: { transitionProps: { duration: 80 }, withInitialFocusPlaceholder: false } },
    Popover: { defaultProps: { transitionProps: { duration: 80 } } },
  },
});

/** Replaces colours of Mantine that do not reach the contrast of WCAG AA. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5d6470',
    '--mantine-color-error': '#c22f2f',
    '--mantine-color-placeholder': '#6b7280',
    '--mantine-color-text': '#17181c',
    '--mantine-color-body': '#ffffff',
    '--mantine-color-default-border': '#d9dce1',
  },
  dark: {
    '--mantine-color-dimmed': '#9aa1ad',
    '--mantine-color-error': '#ff8f8f',
    '--mantine-color-placeholder': '#8a919d',
    '--mantine-color-text': '#e9eaed',
    '--mantine-color-body': '#131418',
    '--mantine-color-default': '#1b1d22',
    '--mantine-color-default-hover': '#23262c',
    '--mantine-color-default-border': '#33363e',
  },
});
