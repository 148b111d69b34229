// The block in the editor: what it is, and its settings. Visitors get what PHP renders.
( ( { blockEditor, blocks, components, element, i18n } ) => {
	const { createElement: make, Fragment } = element;
	const { __, sprintf } = i18n;
	const site = window.frontdeskBlock; // see frontdesk.php

	const FIELDS = {
		form: [
			__( 'Form', 'frontdesk' ),
			__( 'Its name in frontdesk.toml; else the default one.', 'frontdesk' ),
		],
		unit: [ __( 'Unit', 'frontdesk' ), __( 'The unit that is asked about.', 'frontdesk' ) ],
		lang: [ __( 'Language', 'frontdesk' ), __( 'Such as cs; else that of the page.', 'frontdesk' ) ],
		campaign: [
			__( 'Campaign', 'frontdesk' ),
			__( "Else utm_campaign of the page's address.", 'frontdesk' ),
		],
		tags: [
			__( 'Tags', 'frontdesk' ),
			__( "Separated by commas, added to the form's own.", 'frontdesk' ),
		],
	};
	const THEMES = [
		{ value: '', label: __( "As the visitor's browser prefers", 'frontdesk' ) },
		{ value: 'light', label: __( 'Light', 'frontdesk' ) },
		{ value: 'dark', label: __( 'Dark', 'frontdesk' ) },
	];

	function Edit( { attributes, setAttributes } ) {
		const set = ( name ) => ( value ) => setAttributes( { [ name ]: value || undefined } );
		const form = attributes.form || site.form;
		const controls = Object.entries( FIELDS ).map( ( [ name, [ label, help ] ] ) =>
			make( components.TextControl, {
				key: name,
				label,
				help,
				value: attributes[ name ] || '',
				onChange: set( name ),
			} ),
		);
		const theme = make( components.SelectControl, {
			label: __( 'Colours', 'frontdesk' ),
			value: attributes.theme || '',
			options: THEMES,
			onChange: set( 'theme' ),
		} );
		return make(
			Fragment,
			null,
			make(
				blockEditor.InspectorControls,
				null,
				make( components.PanelBody, { title: __( 'Settings', 'frontdesk' ) }, controls, theme ),
			),
			make(
				'div',
				blockEditor.useBlockProps(),
				make(
					components.Placeholder,
					{ icon: 'email', label: __( 'Frontdesk form', 'frontdesk' ), instructions: say( form, attributes.unit ) },
					! site.ready && make( 'a', { href: site.settings }, __( 'Settings', 'frontdesk' ) ),
				),
			),
		);
	}

	function say( form, unit ) {
		if ( ! site.ready ) {
			return __( 'The address of your Frontdesk is missing. An administrator can enter it.', 'frontdesk' );
		}
		if ( ! form ) {
			return __( "Which form? Name it in the block's settings, or a default one under Settings → Frontdesk.", 'frontdesk' );
		}
		return unit
			/* translators: 1: the name of a form, 2: the name of a unit. */
			? sprintf( __( 'Visitors see the form “%1$s” here, about %2$s.', 'frontdesk' ), form, unit )
			/* translators: %s: the name of a form. */
			: sprintf( __( 'Visitors see the form “%s” here.', 'frontdesk' ), form );
	}

	blocks.registerBlockType( 'frontdesk/form', { edit: Edit, save: () => null } );
} )( window.wp );
